falcoir_test(conformance json_suite test_json_suite.c)
