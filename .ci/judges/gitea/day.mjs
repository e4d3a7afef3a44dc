// A teacher's day in the editor on a real Gitea, for gitea.mjs.
//
//     await day(page, context, { view, login, password, site, forge, read, colleague })
//
// `site` is where the editor is, `forge` the Gitea; `read(file)` gives what stands in its main branch, `colleague(file, change)` saves
// a file there as somebody else.

import { field, judge, openMonth, planHead, planStep, save, told, write } from "../editor/hand.mjs";

export const PLANS = "content/2024-2025/mg-5a/giao-an";
export const MONTHS = "content/2024-2025/mg-5a/so-theo-doi-tre";
/** The picture in the text of a plan, as it must stand there. */
export const shows = (view) => `![Tranh bé vẽ bà và cháu](anh/be-ve-${view}.png)`;
/** What each of the two writes. */
export const WRITTEN = {
  pc: { day: "2024-11-04", month: "2024-10", faulty: "2024-09-23" },
  phone: { day: "2024-11-05", month: "2024-11", faulty: "2024-09-24" },
};
// 60 × 40 pixels of one colour: what is uploaded must be a picture.
export const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAADwAAAAoCAIAAAAt2Q6oAAAAO0lEQVR42u3OQQkAAAgEsEvkw352N4UPYbAAS02/E2lpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlp6UsLR1AYWVT51jAAAAAASUVORK5CYII=", "base64");

/** Through the forge's own pages: password, consent. */
async function signIn(page, context, { view, login, password, site, forge }) {
  await page.goto(`${site}/`);
  const button = page.getByRole("button", { name: "Đăng nhập", exact: true });
  await button.waitFor();
  await judge(page, `${view}-sign-in`);
  const popup = context.waitForEvent("page");
  await button.click();
  const window = await popup;
  await window.locator("#user_name").fill(login);
  await window.locator("#password").fill("không phải mật khẩu");
  await window.locator("form button").first().click();
  await window.locator(".flash-error, .ui.negative.message").first().waitFor();
  await window.locator("#password").fill(password);
  await window.locator("form button").first().click();
  await window.locator("#authorize-app").waitFor();
  const address = new URL(window.url());
  if (address.origin !== forge || address.searchParams.get("code_challenge_method") !== "S256") told(`${view} sign-in`, `consent is asked at ${address}`);
  await window.locator("#authorize-app").click();
  await page.getByText("Kế hoạch bài dạy (giáo án)").first().waitFor({ timeout: 60000 });
  await judge(page, `${view}-home`);
}

async function lessonPlan(page, { view, site }) {
  const { day } = WRITTEN[view];
  await page.goto(`${site}/#/collections/mg-5a_giao-an/new`);
  await field(page, "de-tai").waitFor();
  await page.getByRole("button", { name: "Lưu", exact: true }).click();
  await page.getByText("Trường bắt buộc").first().waitFor();
  await planHead(page, view, day, "Trẻ đọc thuộc, ngắt nhịp đúng.");
  await planStep(page, "Cô hát cùng trẻ.");
  await picture(page, view);
  await judge(page, `${view}-plan`);
  await save(page, `${view} lesson plan`);
}

/** Puts a picture into the text below the header: from her own machine, with words for those who do not see it. */
async function picture(page, view) {
  for (const name of ["minh-chung", "body"]) {
    await field(page, name).scrollIntoViewIfNeeded();
    await page.waitForTimeout(300);
  }
  await field(page, "body").getByRole("button", { name: "Ảnh", exact: true }).click();
  await page.getByRole("button", { name: "Duyệt tệp" }).click();
  const dialog = page.locator("dialog[open]");
  await dialog.getByRole("button", { name: "Tải lên" }).waitFor();
  await judge(page, `${view}-pictures`);
  // Neither a collection on the network, nor an address, nor a folder that no record may show pictures of.
  const offered = await dialog.getByRole("option").allInnerTexts();
  const strange = offered.filter((one) => /url|stock|picsum|pexels|pixabay|unsplash|dùng chung/i.test(one));
  if (strange.length) told(`${view} pictures`, `offers ${strange.join(", ")}`);
  const chooser = page.waitForEvent("filechooser");
  await dialog.getByRole("button", { name: "Tải lên" }).click();
  await (await chooser).setFiles({ name: `Bé vẽ ${view}.png`, mimeType: "image/png", buffer: PICTURE });
  await dialog.getByRole("option", { name: /be-ve|Bé vẽ/ }).first().waitFor();
  await dialog.getByRole("button", { name: "Chèn" }).click();
  const words = page.locator('section[data-key-path$=":alt"] input');
  await words.scrollIntoViewIfNeeded();
  await words.fill("Tranh bé vẽ bà và cháu");
  await page.waitForTimeout(500);
}

async function attendance(page, { view, site }) {
  const { month } = WRITTEN[view];
  const grid = await openMonth(page, `${site}/#/collections`, month);
  if (view === "pc") {
    await grid.getByRole("gridcell", { name: "Đinh Phương Anh, thứ Ba 1/10: có mặt" }).click();
    await page.keyboard.press("p");
  } else {
    await grid.getByLabel("Ngày", { exact: true }).selectOption(`${month}-01`);
    await grid.locator("li").nth(1).getByRole("button", { name: "nghỉ có phép" }).click();
  }
  await judge(page, `${view}-month`);
  await save(page, `${view} attendance`);
}

/** Opens a plan that was saved, in a page that has just read the repository. */
async function open(page, site, name) {
  await page.goto("about:blank");
  await page.goto(`${site}/#/collections/mg-5a_giao-an/entries/${name}`);
  await field(page, "thoi-luong").waitFor({ timeout: 60000 });
}

/** A colleague saves while the teacher writes: the later one is told, and nothing is overwritten. */
async function conflict(page, { view, site, names, read, colleague }) {
  const name = (await names(PLANS)).find((file) => file.startsWith(WRITTEN[view].day));
  if (!name) return told(`${view} lesson plan`, "is not in the repository");
  const file = `${PLANS}/${name}`;
  await open(page, site, name.replace(".md", ""));
  await write(page, "thoi-luong", "25");
  await colleague(file, (text) => text.replace("thoi-luong: 30", "thoi-luong: 35"));
  const theirs = await read(file);
  if (!theirs.includes("thoi-luong: 35")) told(view, "the colleague's change is not in the repository");
  await page.getByRole("button", { name: "Lưu", exact: true }).click();
  await page.getByText("Có người khác đã sửa hồ sơ này").first().waitFor({ timeout: 30000 }).catch(() => told(view, "a conflict is not told"));
  await judge(page, `${view}-conflict`);
  const cancel = page.getByRole("button", { name: "Hủy", exact: true });
  if (await cancel.count()) await cancel.click();
  await page.waitForTimeout(1500);
  if ((await read(file)) !== theirs) told(view, "a colleague's text is gone");
}

/** Something is wrong in a record: the form says so, the teacher mends it. */
async function mend(page, { view, site, read }) {
  const { faulty } = WRITTEN[view];
  await open(page, site, faulty);
  await write(page, "thoi-luong", "30");
  await save(page, `${view} mending`);
  if (!(await read(`${PLANS}/${faulty}.md`)).includes("thoi-luong: 30\n")) told(view, "what was mended was not saved");
}

export async function day(page, context, all) {
  await signIn(page, context, all);
  await lessonPlan(page, all);
  await attendance(page, all);
  await conflict(page, all);
  await mend(page, all);
}
