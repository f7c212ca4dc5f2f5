/// What all calls of this service share: bodies in, bodies and errors out.
@NullMarked
package bessemer.inference.web;

import org.jspecify.annotations.NullMarked;
