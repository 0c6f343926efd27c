falcoir_test(unit expr_front test_expr_front.c)
