falcoir_test(unit field_transform test_field_transform.c)
