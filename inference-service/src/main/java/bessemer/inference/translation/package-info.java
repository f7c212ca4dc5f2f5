/// `/api/v1/translate` over a [bessemer.inference.serving.Serving].
@NullMarked
package bessemer.inference.translation;

import org.jspecify.annotations.NullMarked;
