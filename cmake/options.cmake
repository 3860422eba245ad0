# One INTERFACE target carries the language standard, the warnings and the sanitizer to every target of ours.
add_library(wakeful_options INTERFACE)
target_compile_features(wakeful_options INTERFACE cxx_std_20)
target_include_directories(wakeful_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_definitions(wakeful_options INTERFACE WAKEFUL_VERSION="${PROJECT_VERSION}")
target_compile_options(wakeful_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Wimplicit-fallthrough
  $<$<BOOL:${WAKEFUL_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND NOT CMAKE_BUILD_TYPE STREQUAL Debug)
  # GCC 12 reports these falsely in optimised coroutines and inlined standard containers.
  target_compile_options(wakeful_options INTERFACE
    -Wno-maybe-uninitialized -Wno-restrict -Wno-null-dereference -Wno-stringop-overflow -Wno-array-bounds)
endif()
if(WAKEFUL_SANITIZE)
  target_compile_options(wakeful_options INTERFACE
    -fsanitize=${WAKEFUL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(wakeful_options INTERFACE -fsanitize=${WAKEFUL_SANITIZE})
endif()
