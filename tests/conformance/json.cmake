falcoir_test(conformance json_suite test_json_suite.c)
falcoir_test(conformance differential test_differential.c)
