falcoir_test(unit block test_block.c)
