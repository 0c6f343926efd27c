falcoir_test(conformance alerts test_alerts.c)
