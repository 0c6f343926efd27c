falcoir_test(unit secret test_secret.c)
