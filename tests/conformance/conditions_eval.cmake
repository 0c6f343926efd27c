falcoir_test(conformance conditions_eval test_conditions_eval.c ${CMAKE_CURRENT_SOURCE_DIR}/../support/frames.c)
falcoir_test(conformance conditions_real test_conditions_real.c ${CMAKE_CURRENT_SOURCE_DIR}/../support/frames.c)
falcoir_test(conformance conditions_types test_conditions_types.c)
falcoir_test(conformance conditions_refused test_conditions_refused.c)
