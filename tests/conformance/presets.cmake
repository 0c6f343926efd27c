falcoir_test(conformance presets test_presets.c)
falcoir_test(conformance preset_shapes test_preset_shapes.c)
falcoir_test(conformance presets_recorded test_presets_recorded.c)
