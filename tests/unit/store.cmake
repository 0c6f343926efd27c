if(FALCOIR_WITH_JOURNAL)
  falcoir_test(unit store test_store.c)
endif()
