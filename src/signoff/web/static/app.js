// What a page does beyond links and forms. Every part works on what is there and nothing else,
// so a page without a desk never runs the desk. All of it is a convenience: without this file
// each link leads and each form sends.
import { answers } from "./js/answers.js";
import { appearance } from "./js/appearance.js";
import { copies } from "./js/copies.js";
import { desk } from "./js/desk.js";
import { inbox } from "./js/inbox.js";
import { keys } from "./js/keys.js";
import { live } from "./js/live.js";
import { news } from "./js/news.js";
import { uploads } from "./js/uploads.js";

appearance();
copies();
const marks = desk();
const list = inbox();
answers();
uploads();
live();
news();
keys({ ...list, ...marks });
