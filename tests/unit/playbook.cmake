falcoir_test(unit playbook test_playbook.c)
