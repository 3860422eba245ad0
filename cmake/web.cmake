# Builds web/ with npm and embeds web/dist in the server. With WAKEFUL_WEB=OFF the server serves a page that says so.
