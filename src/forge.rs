//! The school's own forge: what `hoso serve --edit` answers with, over one repository and its roster. It
//! speaks the part of the Gitea API that the editor calls, so that the same editor also works on a forge.
//!
//! * [`accounts`]: who may sign in, by the roster and a password; [`sessions`]: who has; [`throttle`]:
//!   who has tried too often
//! * [`rights`]: which records a person may read and write
//! * [`save`]: what a person changed becomes a commit under that person's name, or is refused with the reason
//! * [`preview`]: a record's official form and what is wrong with it, before it is saved
//! * [`latest`]: what is read anew after each commit ([`loaded`]), while others go on with what they have
//! * [`tasks`]: what waits for whom; [`reading`]: the archive as it was last built, for who has signed in
//! * [`gitea`]: the shapes of the API; [`pages`]: the pages for signing in; [`http`]: what answers which request
//!
//! Nothing a browser says is believed: not the author, not the path, not that the text is sound.

pub mod accounts;
pub mod gitea;
pub mod http;
pub mod latest;
pub mod loaded;
pub mod pages;
pub mod preview;
pub mod reading;
pub mod rights;
pub mod save;
pub mod sessions;
pub mod tasks;
pub mod throttle;
