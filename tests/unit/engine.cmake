falcoir_test(unit engine test_engine.c)
falcoir_test(unit retry test_retry.c)
