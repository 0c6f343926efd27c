falcoir_test(unit regex test_regex.c)

# The same expressions through RE2, whose language this is; built where RE2 and a C++ compiler are.
include(CheckLanguage)
check_language(CXX)
pkg_check_modules(re2 QUIET IMPORTED_TARGET re2)
if(CMAKE_CXX_COMPILER AND re2_FOUND)
  enable_language(CXX)
endif()
# Sanitizers of two compilers do not mix.
if(CMAKE_CXX_COMPILER_LOADED AND re2_FOUND AND (NOT FALCOIR_SANITIZE OR CMAKE_C_COMPILER_ID STREQUAL CMAKE_CXX_COMPILER_ID))
  add_executable(test_unit_regex_re2 test_regex_re2.cc)
  set_target_properties(test_unit_regex_re2 PROPERTIES CXX_STANDARD 17)
  target_include_directories(test_unit_regex_re2 PRIVATE ${PROJECT_SOURCE_DIR}/lib ${PROJECT_SOURCE_DIR}/include
                             ${PROJECT_BINARY_DIR}/include)
  if(FALCOIR_SANITIZE)
    target_link_options(test_unit_regex_re2 PRIVATE -fsanitize=${FALCOIR_SANITIZE})
  endif()
  target_link_libraries(test_unit_regex_re2 PRIVATE falcoir_static PkgConfig::re2 ${FALCOIR_PRIVATE_LIBRARIES})
  add_test(NAME unit.regex_re2 COMMAND test_unit_regex_re2 50000)
endif()
