falcoir_test(unit index test_index.c)
