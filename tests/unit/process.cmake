falcoir_test(unit process test_process.c)
