falcoir_test(unit mail test_mail.c)
