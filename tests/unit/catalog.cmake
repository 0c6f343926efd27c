falcoir_test(unit catalog test_catalog.c)
