/// OpenAI's endpoints: its requests in, its shapes and its errors out.
@NullMarked
package bessemer.inference.openai;

import org.jspecify.annotations.NullMarked;
