falcoir_test(unit azure test_azure.c ${CMAKE_CURRENT_SOURCE_DIR}/../support/cloud.c)
