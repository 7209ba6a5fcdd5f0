// There are lock files above this folder too: without this Next would take the whole repository for the app.

export default { turbopack: { root: import.meta.dirname } };
