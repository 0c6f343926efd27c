falcoir_test(unit base test_base.c)
