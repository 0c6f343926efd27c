falcoir_test(conformance yaml_suite test_yaml_suite.c)
