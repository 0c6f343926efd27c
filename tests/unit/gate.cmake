falcoir_test(unit gate test_gate.c)
falcoir_test(unit gate_records test_gate_records.c)
