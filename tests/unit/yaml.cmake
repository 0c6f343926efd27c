falcoir_test(unit yaml test_yaml.c)
