/** HTTP methods that the server as a whole supports, in the order in which `Allow` lists them. */
export const METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS'];
