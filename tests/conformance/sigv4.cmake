falcoir_test(conformance sigv4 test_sigv4.c)
