falcoir_test(unit secret test_secret.c)
falcoir_test(unit mask test_mask.c)
