falcoir_test(conformance index_oracle test_index_oracle.c index_seen.c)
add_test(NAME conformance.index_real COMMAND test_conformance_index_oracle real)
set_tests_properties(conformance.index_oracle conformance.index_real PROPERTIES
  ENVIRONMENT "FALCOIR_SOURCE=${PROJECT_SOURCE_DIR}" SKIP_RETURN_CODE 77 TIMEOUT 900)
