falcoir_test(unit gcp test_gcp.c ${CMAKE_CURRENT_SOURCE_DIR}/../support/cloud.c)
