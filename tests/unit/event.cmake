falcoir_test(unit event test_event.c)
