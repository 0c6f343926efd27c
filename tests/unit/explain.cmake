falcoir_test(unit explain test_explain.c)
