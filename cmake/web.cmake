# Builds web/ with npm and embeds it in the server: library wakeful_web_assets defines server/assets.h.
# With WAKEFUL_WEB=OFF nothing of node is needed, the list of files is empty, and the server serves a page that says so.
set(web_dir ${PROJECT_SOURCE_DIR}/web)
set(web_dist ${PROJECT_BINARY_DIR}/web/dist)
set(web_generated ${PROJECT_BINARY_DIR}/web/assets_generated.cc)
set(web_embed ${PROJECT_SOURCE_DIR}/tools/embed_web.py)

if(WAKEFUL_WEB)
  find_program(WAKEFUL_NPM npm)
  if(NOT WAKEFUL_NPM)
    message(FATAL_ERROR "npm not found. Install nodejs (18 or newer) and npm, or configure with -DWAKEFUL_WEB=OFF "
                        "to build the server without its page.")
  endif()
  # npm writes this file last, and into the source tree: all build folders share one installation.
  set(web_modules ${web_dir}/node_modules/.package-lock.json)
  add_custom_command(
    OUTPUT ${web_modules}
    COMMAND ${WAKEFUL_NPM} ci --no-audit --no-fund --loglevel=error
    COMMAND ${CMAKE_COMMAND} -E touch ${web_modules}
    DEPENDS ${web_dir}/package.json ${web_dir}/package-lock.json ${web_dir}/.npmrc
    WORKING_DIRECTORY ${web_dir}
    COMMENT "Installing the page's tools (npm ci)"
    VERBATIM)
  file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS ${web_dir}/src/* ${web_dir}/public/*)
  add_custom_command(
    OUTPUT ${web_generated}
    COMMAND ${WAKEFUL_NPM} run build --silent -- --outDir ${web_dist} --emptyOutDir --logLevel warn
    COMMAND Python3::Interpreter ${web_embed} --dist ${web_dist} --out ${web_generated}
    DEPENDS ${web_modules} ${web_sources} ${web_dir}/index.html ${web_dir}/vite.config.ts ${web_dir}/svelte.config.js
            ${web_dir}/tsconfig.json ${web_embed}
    WORKING_DIRECTORY ${web_dir}
    COMMENT "Building and embedding the page"
    VERBATIM)
else()
  add_custom_command(
    OUTPUT ${web_generated}
    COMMAND Python3::Interpreter ${web_embed} --out ${web_generated}
    DEPENDS ${web_embed}
    COMMENT "Leaving the page out (WAKEFUL_WEB=OFF)"
    VERBATIM)
endif()

add_library(wakeful_web_assets STATIC ${web_generated})
target_link_libraries(wakeful_web_assets PRIVATE wakeful_options)
