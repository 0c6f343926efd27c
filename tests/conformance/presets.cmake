falcoir_test(conformance presets test_presets.c)
