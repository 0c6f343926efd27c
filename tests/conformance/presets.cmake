falcoir_test(conformance presets test_presets.c ${CMAKE_CURRENT_SOURCE_DIR}/../support/fake.c ${CMAKE_CURRENT_SOURCE_DIR}/../support/world.c)
