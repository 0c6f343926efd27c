falcoir_test(unit field test_field.c)

# table.c is checked in: it must be what its script makes of its data.
find_program(PYTHON3 python3)
if(PYTHON3)
  add_test(NAME unit.field_table
    COMMAND sh -c "\"$1\" \"$2/generate.py\" \"$3/table.c\" && cmp \"$3/table.c\" \"$2/table.c\" && cmp \"$3/table.h\" \"$2/table.h\""
            sh ${PYTHON3} ${PROJECT_SOURCE_DIR}/lib/field ${CMAKE_CURRENT_BINARY_DIR})
endif()
