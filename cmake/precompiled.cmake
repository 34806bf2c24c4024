# Two headers, each compiled once and used by every target: one per target would be a seventh of a build from nothing.
# Nothing but flags that all targets share may stand here, or the compiler does not take what it made.
add_library(isobar_precompiled OBJECT ${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp)
target_link_libraries(isobar_precompiled PRIVATE fmt::fmt)
target_precompile_headers(isobar_precompiled PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled.h)
if(ISOBAR_TESTS)
  add_library(isobar_precompiled_test OBJECT ${PROJECT_SOURCE_DIR}/cmake/precompiled.cpp)
  target_link_libraries(isobar_precompiled_test PRIVATE fmt::fmt GTest::gtest)
  target_precompile_headers(isobar_precompiled_test PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled_test.h)
endif()
