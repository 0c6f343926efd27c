falcoir_test(conformance gate test_gate.c)
