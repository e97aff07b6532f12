# SPDX-License-Identifier: Apache-2.0
# documents.py FILE: the lines of FILE as FILE.html, .xml, .docx, .odt, .epub, .pdf and .utf16.
import sys
import zipfile

name = sys.argv[1]
lines = open(name).read().split("\n")


def put(suffix, data):
    with open(name + suffix, "wb") as out:
        out.write(data)


def pack(suffix, mimetype, parts):
    with zipfile.ZipFile(name + suffix, "w", zipfile.ZIP_DEFLATED) as z:
        if mimetype:
            z.writestr("mimetype", mimetype, zipfile.ZIP_STORED)
        for part, text in parts:
            z.writestr(part, text)


def each(form, cut):
    return "".join(form % (l[:cut], l[cut:]) for l in lines)


head = "<!DOCTYPE html><html><head><title>t</title><style>p { color: red }</style></head><body>"
put(".html", (head + each("<p>%s<b>%s</b></p><script>var x;</script>\n", 9) + "</body></html>").encode())
put(".xml", ('<?xml version="1.0"?><book>' + each("<para>%s%s</para>", 0) + "</book>").encode())
body = each("<w:p><w:r><w:t>%s</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>%s</w:t></w:r></w:p>", 9)
word = "<w:document xmlns:w='u'><w:body>" + body + "</w:body></w:document>"
pack(".docx", None, [("[Content_Types].xml", "<Types/>"), ("word/document.xml", word)])
body = each("<text:p>%s<text:span>%s</text:span></text:p>", 9)
pack(".odt", "application/vnd.oasis.opendocument.text",
     [("content.xml", "<o:d xmlns:o='u' xmlns:text='v'>" + body + "</o:d>")])
half = len(lines) // 2
pack(".epub", "application/epub+zip",
     [("b/c%d.xhtml" % i, "<html><body>" + "".join("<p>%s</p>" % l for l in part) + "</body></html>")
      for i, part in ((2, lines[:half]), (10, lines[half:]))])
put(".utf16", b"\xff\xfe" + "\n".join(lines).encode("utf-16-le"))

objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
kids = []
for at in range(0, len(lines), 40):
    text = " ".join("(%s) Tj T*" % l for l in lines[at:at + 40])
    stream = "BT /F 8 Tf 12 TL 20 800 Td " + text + " ET"
    objects.append("<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    objects.append("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 900 842] /Contents %d 0 R"
                   " /Resources << /Font << /F 3 0 R >> >> >>" % len(objects))
    kids.append("%d 0 R" % len(objects))
objects[1] = "<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), " ".join(kids))
out, offsets = b"%PDF-1.4\n", []
for i, o in enumerate(objects):
    offsets.append(len(out))
    out += ("%d 0 obj\n%s\nendobj\n" % (i + 1, o)).encode()
table = "".join("%010d 00000 n \n" % o for o in offsets)
tail = "xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
put(".pdf", out + (tail % (len(objects) + 1, table, len(objects) + 1, len(out))).encode())
