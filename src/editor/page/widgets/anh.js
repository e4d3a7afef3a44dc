// A picture in the text: from the record's own folder, with words for those who do not see it. `hoso check` takes no other
// (`image-refused`), and a form that is printed wants the words. Sveltia's own component offers addresses, too.
const PATTERN = /!\[(?<alt>(?:[^\]\\]|\\.)*)\]\((?<src>[^()\s"]*)(?:\s+"(?<title>(?:[^"\\]|\\.)*)")?\)/;

const markdown = ({ src, alt, title }) => (src ? `![${alt ?? ''}](${src}${title ? ` "${title.replace(/(?<!\\)"/g, '\\"')}"` : ''})` : '');

/** The component, under the name that it takes the place of. */
export const picture = () => ({
  id: 'image',
  label: 'Ảnh',
  icon: 'image',
  trigger: 'button',
  fields: [
    { name: 'src', label: 'Tệp ảnh', widget: 'image', accept: 'image/png,image/jpeg', choose_url: false, hint: 'Ảnh JPG hoặc PNG, dưới 12 MB.' },
    { name: 'alt', label: 'Lời tả ảnh', widget: 'string', hint: 'Trong ảnh có gì, ví dụ: trẻ vẽ tranh trường mầm non. Bắt buộc để người không nhìn được vẫn đọc được bản in.' },
    { name: 'title', label: 'Chú thích', widget: 'string', required: false },
  ],
  pattern: PATTERN,
  fromBlock: ({ groups = {} }) => ({ src: groups.src ?? '', alt: groups.alt ?? '', title: groups.title ?? '' }),
  toBlock: markdown,
  // What a record holds is never markup for the preview.
  toPreview: markdown,
});
