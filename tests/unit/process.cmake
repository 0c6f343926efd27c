falcoir_test(unit process test_process.c)
falcoir_test(unit process_denied test_process_denied.c)
