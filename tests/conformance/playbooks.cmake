falcoir_test(conformance playbooks test_playbooks.c)
