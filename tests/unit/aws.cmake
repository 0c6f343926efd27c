falcoir_test(unit aws_parts test_aws_parts.c)
falcoir_test(unit aws test_aws.c)
falcoir_test(unit aws_network test_aws_network.c)
falcoir_test(unit aws_ways test_aws_ways.c)
