# Compiler, warnings, sanitizers and build accelerators. Reasons for single flags are beside them.

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD AND NOT ISOBAR_SANITIZE AND NOT CMAKE_CROSSCOMPILING)  # a cross compiler does not find it
  add_link_options(-fuse-ld=mold)
endif()

# DT_RPATH instead of DT_RUNPATH: only the former is also searched for what the libraries in lib/ need themselves.
add_link_options(-Wl,--disable-new-dtags)

# char has no sign there; with the one it has on amd64 comparisons mean the same.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm)")
  add_compile_options(-fsigned-char)
endif()
add_compile_options(
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wold-style-cast -Wdouble-promotion -Wformat=2 -Wimplicit-fallthrough -Wextra-semi
  -fno-omit-frame-pointer -pthread)
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
  if(ISOBAR_SANITIZE)
    set(CMAKE_CXX_FLAGS_RELEASE "-O1 -DNDEBUG")  # half of the time to compile
  endif()
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
