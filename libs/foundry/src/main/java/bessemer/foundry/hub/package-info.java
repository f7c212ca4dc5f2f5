/// Downloads model repositories from a Hugging Face hub into a local cache, verified and
/// restartable.
///
/// Protocol facts (repository API and `resolve` addresses as documented for huggingface_hub): a
/// revision is pinned to a commit, its tree lists sizes and digests, and each file is fetched by
/// commit, often through a redirect to another host that must never see the token.
@NullMarked
package bessemer.foundry.hub;

import org.jspecify.annotations.NullMarked;
