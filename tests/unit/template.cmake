falcoir_test(unit template test_template.c)
falcoir_test(unit sinks test_sinks.c)
falcoir_test(unit template_parts test_template_parts.c)
