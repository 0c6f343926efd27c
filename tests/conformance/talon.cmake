falcoir_test(conformance talon test_talon.c)
