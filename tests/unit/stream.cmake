falcoir_test(unit text test_text.c)
falcoir_test(unit envelope test_envelope.c)
falcoir_test(unit reader test_reader.c)
