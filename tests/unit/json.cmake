falcoir_test(unit json test_json.c)
# The same again over the portable scanner.
set(json_dir ${PROJECT_SOURCE_DIR}/lib/json)
falcoir_test(unit json_portable test_json.c
  ${json_dir}/canonical.c ${json_dir}/document.c ${json_dir}/keys.c ${json_dir}/number.c ${json_dir}/reader.c ${json_dir}/writer.c)
target_compile_definitions(test_unit_json_portable PRIVATE FIR_NO_SIMD)
