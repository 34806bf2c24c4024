# Compiler, warnings, sanitizers and build accelerators. Reasons for single flags are beside them.

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD AND NOT ISOBAR_SANITIZE)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wold-style-cast -Wdouble-promotion -Wformat=2 -Wimplicit-fallthrough -Wextra-semi
  -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-Wduplicated-cond -Wlogical-op -Wsuggest-override
    -Wno-restrict               # GCC 12 reports ordinary std::string code
    -Wno-missing-field-initializers  # designated initialisers leave the rest at its default on purpose
    -fpch-preprocess)           # lets ccache see through the precompiled header
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options(-Wno-missing-field-initializers)
endif()
if(ISOBAR_WERROR)
  add_compile_options(-Werror)
endif()

add_compile_definitions(_GLIBCXX_ASSERTIONS)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-g1 -fstack-protector-strong)
  if(NOT ISOBAR_SANITIZE)
    add_compile_definitions(_FORTIFY_SOURCE=2)
  endif()
  # CHECKs stay on in release builds, so NDEBUG means nothing to us; assert() of libraries is dropped.
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
endif()
if(ISOBAR_SANITIZE)
  add_compile_options(-fsanitize=${ISOBAR_SANITIZE} -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${ISOBAR_SANITIZE})
  if(ISOBAR_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)  # fences inside Boost.Asio
  endif()
endif()
if(ISOBAR_FUZZ)
  # Counters in the libraries too: without them libFuzzer sees nothing of what an input reaches.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
