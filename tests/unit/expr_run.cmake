falcoir_test(unit match test_match.c)
falcoir_test(unit expr_run test_expr_run.c)
